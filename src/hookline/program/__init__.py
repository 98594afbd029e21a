"""An engine that runs a Pulumi program in the caller's process, without the Pulumi CLI."""
