"""Examples: joint services with their agencies. No part of the product, and never imported by it."""
