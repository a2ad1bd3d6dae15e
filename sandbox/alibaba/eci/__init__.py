"""Elastic Container Instance: DataCaches."""
