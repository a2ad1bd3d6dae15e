"""Alibaba Cloud's gateway: signatures, RPC parameters and answers, and what its services share."""
