"""Elastic Compute Service: images."""
