"""Where plugins are met: `loading`, and the core's own features that are plugins; knows no city."""
