"""The training of Spotter, the detector of balls, boxes and people.

    cargo xtask train detector

does all of it; `python -m detector.train --help`, in the folder above, is the
training alone.
"""
