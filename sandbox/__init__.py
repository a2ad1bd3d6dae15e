"""A local cloud on loopback that the vendors' own SDKs cannot tell from the real one.

For developing and testing replicas without an account. It holds no artefacts, only the metadata that
the APIs speak about, and it must never listen on anything but loopback nor call out to any network.
"""
