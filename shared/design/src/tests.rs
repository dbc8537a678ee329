pub(crate) mod files;
mod reading;
