"""`gapura demo`: the main job in front of your eyes, every claim checked before it is made."""
