"""Local mode: the Pulumi program and an embedded cloud, on this machine."""
