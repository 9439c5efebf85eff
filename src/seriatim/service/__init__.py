"""The operations: each public function is one operation inside one transaction."""
