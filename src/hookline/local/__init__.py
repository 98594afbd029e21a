"""Local mode: all of hookline on one machine, with an emulator in place of AWS."""
