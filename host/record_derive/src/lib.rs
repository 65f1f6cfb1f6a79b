//! `#[derive(Recorded)]` for the types that are generated from the contract: how a value is written into a record, and
//! read from it. A record type is a JSON object with the names of the contract, a case of a variant or of an enum an
//! object with one member, the name of the case.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitStr};

/// Implements `ToRecord` and `FromRecord` of the kit.
#[proc_macro_derive(Recorded, attributes(component))]
pub fn recorded(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    expand(&input)
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

fn expand(input: &DeriveInput) -> Result<TokenStream, Error> {
    let (writes, reads) = match &input.data {
        Data::Struct(data) => of_record(&data.fields)?,
        Data::Enum(data) => {
            let cases = data.variants.iter().map(|case| {
                let name = wit_name(&case.attrs, &case.ident)?;
                let payload = match &case.fields {
                    Fields::Unit => false,
                    Fields::Unnamed(fields) if fields.unnamed.len() == 1 => true,
                    _ => return Err(Error::new_spanned(case, "not a case of a variant")),
                };
                Ok((&case.ident, name, payload))
            });
            of_variant(&cases.collect::<Result<Vec<_>, _>>()?)
        }
        Data::Union(_) => return Err(Error::new_spanned(input, "no type of the contract")),
    };
    let name = &input.ident;
    Ok(quote! {
        impl ::nethost_kit::recorded::ToRecord for #name {
            fn to_record(
                &self,
                tape: &::nethost_kit::recorded::Tape,
            ) -> ::nethost_kit::recorded::Value {
                #writes
            }
        }

        impl ::nethost_kit::recorded::FromRecord for #name {
            fn from_record(
                value: &::nethost_kit::recorded::Value,
                streams: &mut dyn ::nethost_kit::recorded::Streams,
            ) -> ::core::result::Result<Self, ::nethost_kit::recorded::Malformed> {
                #reads
            }
        }
    })
}

fn of_record(fields: &Fields) -> Result<(TokenStream, TokenStream), Error> {
    let mut names = Vec::new();
    let mut idents = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else {
            return Err(Error::new_spanned(field, "a field without a name"));
        };
        names.push(wit_name(&field.attrs, ident)?);
        idents.push(ident);
    }
    let writes = quote! {
        ::nethost_kit::recorded::record([
            #((#names, ::nethost_kit::recorded::ToRecord::to_record(&self.#idents, tape)),)*
        ])
    };
    let reads = quote! {
        Ok(Self {
            #(#idents: ::nethost_kit::recorded::FromRecord::from_record(
                ::nethost_kit::recorded::field(value, #names)?,
                streams,
            )?,)*
        })
    };
    Ok((writes, reads))
}

fn of_variant(cases: &[(&Ident, LitStr, bool)]) -> (TokenStream, TokenStream) {
    let writes = cases.iter().map(|(ident, name, payload)| match payload {
        true => quote! {
            Self::#ident(payload) => ::nethost_kit::recorded::case(
                #name,
                ::nethost_kit::recorded::ToRecord::to_record(payload, tape),
            ),
        },
        false => quote! {
            Self::#ident => {
                ::nethost_kit::recorded::case(#name, ::nethost_kit::recorded::Value::Null)
            }
        },
    });
    let reads = cases.iter().map(|(ident, name, payload)| match payload {
        true => quote! {
            #name => Self::#ident(::nethost_kit::recorded::FromRecord::from_record(
                payload,
                streams,
            )?),
        },
        false => quote! { #name => Self::#ident, },
    });
    let writes = quote! {
        match self { #(#writes)* }
    };
    let reads = quote! {
        let (name, payload) = ::nethost_kit::recorded::named(value)?;
        Ok(match name {
            #(#reads)*
            _ => return Err(::nethost_kit::recorded::Malformed::expected("a case of the contract")),
        })
    };
    (writes, reads)
}

/// The name that `#[component(name = "…")]` gives to a field or a case.
fn wit_name(attributes: &[Attribute], ident: &Ident) -> Result<LitStr, Error> {
    let mut found = None;
    for attribute in attributes {
        if attribute.path().is_ident("component") {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("name") {
                    found = Some(meta.value()?.parse::<LitStr>()?);
                }
                Ok(())
            })?;
        }
    }
    found.ok_or_else(|| Error::new_spanned(ident, "no name of the contract"))
}
