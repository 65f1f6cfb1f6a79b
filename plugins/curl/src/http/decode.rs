//! Content encodings: gzip, deflate (RFC 1950, RFC 1951), br (RFC 7932) and zstd (RFC 8878).

use std::io::{Read as _, Write as _};

use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::failure::{Failure, Result};

/// Decodes a body as it comes.
pub(crate) enum Decoder {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// What it is shows in its first octet.
    Deflate(Option<Box<Deflate>>),
    Brotli(Box<DecompressorWriter<Vec<u8>>>),
    /// The whole of it, decoded at the end.
    Zstd(Vec<u8>),
}

/// Deflate with or without the head of zlib.
pub(crate) enum Deflate {
    Zlib(ZlibDecoder<Vec<u8>>),
    Raw(DeflateDecoder<Vec<u8>>),
}

/// No zstd body is kept that is larger.
const LARGEST: usize = 64 << 20;

impl Decoder {
    /// The decoder of an encoding; none for one that is none.
    pub(crate) fn of(name: &str) -> Result<Option<Self>> {
        Ok(Some(match name.trim().to_ascii_lowercase().as_str() {
            "" | "identity" | "none" => return Ok(None),
            "gzip" | "x-gzip" => Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            "deflate" => Self::Deflate(None),
            "br" => Self::Brotli(Box::new(DecompressorWriter::new(Vec::new(), 64 << 10))),
            "zstd" => Self::Zstd(Vec::new()),
            _ => {
                return Err(Failure::new(
                    61,
                    "Unrecognized content encoding type. libcurl understands deflate, gzip, br, zstd content encodings.",
                ));
            }
        }))
    }

    /// Decodes some more.
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let broken = |_| broken();
        match self {
            Self::Gzip(decoder) => {
                decoder.write_all(bytes).map_err(broken)?;
                decoder.flush().map_err(broken)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Deflate(decoder) => {
                let Some(first) = bytes.first() else {
                    return Ok(Vec::new());
                };
                let decoder = decoder.get_or_insert_with(|| {
                    Box::new(match first & 0x0f == 8 {
                        true => Deflate::Zlib(ZlibDecoder::new(Vec::new())),
                        false => Deflate::Raw(DeflateDecoder::new(Vec::new())),
                    })
                });
                match &mut **decoder {
                    Deflate::Zlib(decoder) => {
                        decoder.write_all(bytes).map_err(broken)?;
                        decoder.flush().map_err(broken)?;
                        Ok(std::mem::take(decoder.get_mut()))
                    }
                    Deflate::Raw(decoder) => {
                        decoder.write_all(bytes).map_err(broken)?;
                        decoder.flush().map_err(broken)?;
                        Ok(std::mem::take(decoder.get_mut()))
                    }
                }
            }
            Self::Brotli(decoder) => {
                decoder.write_all(bytes).map_err(broken)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Zstd(whole) => {
                if whole.len() + bytes.len() > LARGEST {
                    return Err(Failure::new(61, "a zstd body of more than 64 MiB"));
                }
                whole.extend_from_slice(bytes);
                Ok(Vec::new())
            }
        }
    }

    /// What is left at the end, in parts.
    pub(crate) fn finish(&mut self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Zstd(whole) if !whole.is_empty() => {
                let mut decoder = ruzstd::decoding::StreamingDecoder::new(whole.as_slice())
                    .map_err(|_| broken())?;
                let mut part = vec![0; 64 << 10];
                loop {
                    match decoder.read(&mut part).map_err(|_| broken())? {
                        0 => return Ok(()),
                        count => take(part.get(..count).unwrap_or_default())?,
                    }
                }
            }
            Self::Brotli(decoder) => {
                decoder.close().map_err(|_| broken())?;
                take(&std::mem::take(decoder.get_mut()))
            }
            _ => Ok(()),
        }
    }
}

fn broken() -> Failure {
    Failure::new(
        61,
        "Error while processing content unencoding: invalid data",
    )
}
