"""The Tag service: tags of CBS snapshots and CVM images."""
