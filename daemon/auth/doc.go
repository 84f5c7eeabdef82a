// Package auth gets and keeps the right to act for the user at Google and Microsoft,
// without a password: OAuth 2.0 (RFC 6749) with what RFC 8252 asks of a program on a
// desktop. [Loopback] sends the user's own browser to the provider and hears the answer
// on a random port of this machine, bound by state and PKCE (RFC 7636); [Device] (RFC
// 8628) shows a code for machines without a browser.
//
// What comes back is a refresh token. It is a secret as good as a password, so it lies in
// a file that nobody else can read ([Files]) or in the desktop's keyring ([Keyring]), and
// never in a log. [Source] turns it into access tokens for as long as it holds. Providers
// exchange refresh tokens as they are used; a crash at the wrong moment must not lock the
// user out, so the old one is kept beside the new one until the new one has worked.
package auth
