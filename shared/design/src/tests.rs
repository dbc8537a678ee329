mod deciding;
pub(crate) mod files;
mod reading;
