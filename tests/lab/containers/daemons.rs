//! The `userns-remap` mechanism against real starts of Docker's daemon.
