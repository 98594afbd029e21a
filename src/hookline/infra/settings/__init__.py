"""The typed settings of a stack. A wrong value raises `SettingsError`, which names the allowed values."""
