"""Runs a stack on the real engine through storms of faults and kills, and counts what was lost, made twice or left.

Everything is local: a sandbox process and a project in a temporary directory. It must never be pointed at a cloud.
"""
