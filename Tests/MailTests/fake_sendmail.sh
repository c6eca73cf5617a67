#!/bin/sh
# Behaves as the file `behaviour` beside the symbolic link says by which this was called. A program
# that a test has just written might still be open in a child of another test ("text file busy").
. "$(dirname "$0")/behaviour"
