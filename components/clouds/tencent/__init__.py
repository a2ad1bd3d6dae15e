"""Tencent Cloud: connection, calls, error tables, one module per service. It may not import Pulumi."""
