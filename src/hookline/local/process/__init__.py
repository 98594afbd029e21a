"""The process that runs the emulator, the folder for its files, and the gate that rejects unauthorized requests."""
