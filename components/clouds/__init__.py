"""Thin adapters over the vendors' SDKs: clients, typed errors and retries, one file per cloud service.

Used by the program and by the dynamic provider process alike, so nothing here may import Pulumi.
"""
