"""What an officer of an agency without a system sees: the inbox, and one task."""
