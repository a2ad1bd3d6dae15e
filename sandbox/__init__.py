"""A local cloud on loopback that the vendors' own SDKs cannot distinguish from the real one.

For developing and testing replicas without an account. It holds no artefacts, only the metadata that
the APIs return, and it must never listen on anything but loopback, nor call any network.
"""
