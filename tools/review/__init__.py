"""Makes a report of what a change, or drift, does to replicas, and renders it for people and pipelines."""
