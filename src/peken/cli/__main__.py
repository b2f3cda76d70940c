"""`python -m peken.cli`, where the script is not on the path."""

from peken.cli import main

main()
