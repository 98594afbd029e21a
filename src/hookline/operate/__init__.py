"""The code behind the commands that work on a running stack: demo, trigger, secrets, and estimates."""
