"""The emulator's process, its folder, and the gate in front of the emulator."""
