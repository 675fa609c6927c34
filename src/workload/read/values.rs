//! The values of Helm charts.
