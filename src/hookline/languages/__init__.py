"""The components for Pulumi programs in other languages, such as TypeScript and YAML."""
