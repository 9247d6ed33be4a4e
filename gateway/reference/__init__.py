"""Documentation that the gateway serves itself: the API's reference, and a page for each problem type."""
