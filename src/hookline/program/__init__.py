"""An engine that runs a Pulumi program in this process, without the Pulumi CLI."""
