"""At the customer's place: whose box it is, what is left to set up, surveys and 設置完了確認書."""
