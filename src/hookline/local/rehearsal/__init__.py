"""The real Pulumi CLI against the emulator, so that a deployment can be tried without an AWS account."""
