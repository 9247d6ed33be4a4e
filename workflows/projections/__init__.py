"""Pure folds of events and states into what is shown."""
