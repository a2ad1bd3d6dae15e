"""Runs a stack of this project on the real Pulumi engine: repairs first, refreshes by default, ends with a table.

It wraps the engine and never replaces it: what is created, changed and deleted is the engine's decision alone. It names
no replica kind and no cloud: it asks `components.kinds`.
"""
