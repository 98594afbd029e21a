"""hookline: an inbound payment-webhook pipeline that you own."""
