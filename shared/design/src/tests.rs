mod deciding;
mod files;
mod reading;
