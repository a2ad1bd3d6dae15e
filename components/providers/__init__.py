"""Dynamic providers: what runs in the engine's provider process to check, diff, create, read, update and delete.

Module paths are a promise: the state of every stack refers to them, so a moved module leaves a shim behind. Nothing
here may hold state or credentials, or call the Pulumi engine.
"""
