"""Payment providers: for each one how a webhook is verified, identified and normalised."""
