"""The module paths that states name: each holds the dynamic provider class of one resource, and nothing else."""
