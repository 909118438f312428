"""In place of itwinai: as much as its images need to be built and tested."""
