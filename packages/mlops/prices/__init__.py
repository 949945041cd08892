"""List prices, and monthly cost estimates."""
