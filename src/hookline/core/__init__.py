"""The rules of the pipeline: pure, standard library only, no I/O."""
