"""Stand-ins for the native Pulumi plugins, for machines on which the engine cannot download the real ones.

`sandbox.services` lists their resources, which have the tokens, the properties and the behaviour of the real plugins,
good or bad, on the vendors' own SDKs. A stand-in calls nothing but loopback, so it can never reach a real cloud. It
must not do more than the real plugin does: what works with it has to work without it.
"""
