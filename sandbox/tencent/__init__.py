"""Tencent Cloud's gateway: signatures, API 3.0 parameters and answers."""
