"""Stand-ins for the native Pulumi plugins, for machines on which the engine cannot download the real ones.

One resource of each: `alicloud:ecs/imageCopy:ImageCopy` and `tencentcloud:Cbs/snapshot:Snapshot`, with the tokens, the
properties and the habits of the real plugins, good and bad ones, on the vendors' own SDKs. A stand-in calls nothing
but loopback, so it can never reach a real cloud. It must not do more than the real plugin does: what works with it has
to work without it.
"""
