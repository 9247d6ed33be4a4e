"""What applicants and everybody else see: the catalogue, the form, progress, the joint output, verification."""
