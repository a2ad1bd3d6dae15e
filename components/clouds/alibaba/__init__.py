"""Alibaba Cloud: connection, calls, answers, error tables, one module per service. It may not import Pulumi."""
