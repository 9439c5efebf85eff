"""What stands behind the class Numbering: its requests, its answers, its databases."""
